import { expect } from 'chai';
import { jsonOutcome, textOutcome } from '../../../../src/commands/verify/print-outcome.ts';
import { manifestKey } from '../../../../src/store/layout.ts';
import { hourMs, objectKey, startHistory } from '../../../support/history.ts';
import { runVerify } from '../../../support/run-verify.ts';

describe('the report of a verification', () => {
  it('names each damaged file with the tables and backups that it hurts', async () => {
    const history = startHistory();
    const first = await history.backup({ nodes: { 'pod-0': ['a', 'b'] } });
    history.wait(hourMs);
    const second = await history.backup({ nodes: { 'pod-0': [`a@${first}`] } });
    history.wait(hourMs);
    const third = await history.backup({ nodes: { 'pod-0': ['c'] } });
    history.wait(hourMs);
    const cut = await history.backup({ nodes: { 'pod-0': ['d'] } });
    await history.store.put(manifestKey(cut), Buffer.from('{"format"'));
    const key = objectKey({ tag: first, file: 'a' });
    history.store.objects.delete(key);
    const outcome = await runVerify(history.store);

    const lines = textOutcome('s3://bucket/x/', outcome);
    const json = JSON.parse(jsonOutcome(outcome));

    expect(lines.slice(0, 4)).to.deep.equal([
      'TAG             PLAN     FILES  SIZE  VERDICT',
      `${first}  default      2  44 B  DAMAGED: 1 object of shop.orders`,
      `${second}  default      1  22 B  DAMAGED: 1 object of shop.orders`,
      `${third}  default      1  22 B  whole`,
    ]);
    expect(lines[4]).to.match(new RegExp(`^${cut} {2}UNREADABLE: .*not JSON`));
    expect(lines.slice(5)).to.deep.equal([
      '',
      'Damaged at s3://bucket/x/:',
      `  ${key} is missing`,
      `      of shop.orders of pod-0 in ${first}, ${second}`,
      '',
      '3 objects of 3 backups, 66 B: all listed, 3 looked up one by one; 1 damaged',
    ]);
    expect(json.damaged).to.deep.equal([
      {
        key,
        fault: 'missing',
        what: 'is missing',
        pod: 'pod-0',
        tables: ['shop.orders'],
        tags: [first, second],
      },
    ]);
    expect(json.backups[0]).to.deep.equal({
      tag: first,
      plan: 'default',
      isChosen: true,
      isDamaged: true,
      isMended: false,
      damagedObjects: 1,
      tables: ['shop.orders'],
    });
    expect(json.checked).to.include({ level: 'quick', objects: 3, lookedUp: 3 });
  });

  it('says what a full one read, and of which part', async () => {
    const history = startHistory();
    await history.backup({ nodes: { 'pod-0': ['a'] } });

    const outcome = await runVerify(history.store, { isFull: true, slice: { part: 1, of: 1 } });

    expect(textOutcome('s3://bucket/x/', outcome).at(-1)).to.equal(
      '1 objects of 1 backups, 22 B: all listed, 22 B read (part 1 of 1); 0 damaged',
    );
  });
});
