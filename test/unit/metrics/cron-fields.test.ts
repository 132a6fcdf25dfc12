import { expect } from 'chai';
import { normalizeCron } from '../../../src/metrics/cron-fields.ts';

function normalize(text: string): string | undefined {
  return normalizeCron(text, (why) => {
    throw new Error(why);
  });
}

describe('normalizeCron', () => {
  // Expected values follow from robfig/cron's parser.go, v3.0.1.
  const taken: Readonly<Record<string, string>> = {
    '* * * * *': '* * * * *',
    '? ? ? ? ?': '* * * * *',
    '0 2 * * *': '0 2 * * *',
    ' 0\t2  * * *\n': '0 2 * * *',
    '05 +2 * * *': '5 2 * * *',
    '*/15 */8 * * *': '0,15,30,45 0,8,16 * * *',
    '50/5 * * * *': '50,55 * * * *',
    '10-30/10 * * * *': '10,20,30 * * * *',
    '*/90 * * * *': '0 * * * *',
    '5,1,3-4,3 * * * *': '1,3,4,5 * * * *',
    '1,,2 * * * *': '1,2 * * * *',
    '0 0 * jan-MAR mon,Fri': '0 0 * 1,2,3 1,5',
    '0 0 * * sun-sat/3': '0 0 * * 0,3,6',
    '0 0 */1 * 1': '0 0 * * 1',
    '0 0 1,* * 1': '0 0 * * 1',
    '0 0 1-31 2 1': `0 0 ${Array.from({ length: 29 }, (_, index) => index + 1)} 2 1`,
    '0 0 */10 * 1': '0 0 1,11,21,31 * 1',
    '*-9 * * * *': '* * * * *',
  };
  for (const [text, normal] of Object.entries(taken)) {
    it(`takes ${JSON.stringify(text)}`, () => {
      expect(normalize(text)).to.equal(normal);
    });
  }

  const neverDue = ['0 0 30 2 *', '0 0 31 4,6,9,11 *', ', 0 * * *', '0 , * * *', '0 0 , * *', '0 0 * , *'];
  for (const text of [...neverDue, '0 0 * * ,']) {
    it(`finds no date for ${JSON.stringify(text)}`, () => {
      expect(normalize(text)).to.equal(undefined);
    });
  }

  it('goes by the day of week when the month has no such day', () => {
    expect(normalize('0 0 30 2 1')).to.equal('0 0 * 2 1');
    expect(normalize('0 0 13 * ,')).to.equal('0 0 13 * *');
  });

  const refused: Readonly<Record<string, RegExp>> = {
    '': /five fields/,
    '0 2 * *': /five fields/,
    '0 0 2 * * *': /five fields/,
    '60 * * * *': /"60" in its minute field is not within 0-59/,
    '0 24 * * *': /hour field is not within 0-23/,
    '0 0 0 * *': /day of month field is not within 1-31/,
    '0 0 32 * *': /day of month field is not within 1-31/,
    '0 0 * 0 *': /month field is not within 1-12/,
    '0 0 * 13 *': /month field is not within 1-12/,
    '0 0 * * 7': /day of week field is not within 0-6/,
    '0 0 * * 1-7': /day of week field is not within 0-6/,
    '30-10 * * * *': /ends before it begins/,
    '0 0 * * fri-mon': /ends before it begins/,
    '*/0 * * * *': /step 0/,
    '*/ * * * *': /not known/,
    '*/-5 * * * *': /not known/,
    '1-2-3 * * * *': /not a range/,
    '1/2/3 * * * *': /not a range/,
    '-5 * * * *': /not known/,
    '1.5 * * * *': /not known/,
    '** * * * *': /not known/,
    '0 0 L * *': /"L" in its day of month field is not known/,
    '0 0 15W * *': /not known/,
    '0 0 * * 1#2': /not known/,
    '0 0 * * 5L': /not known/,
    'H 2 * * *': /not known/,
    '0 0 * * monday': /not known/,
    '0 0 * mon *': /not known/,
    'jan 0 * * *': /not known/,
    '0 0 * * constructor': /not known/,
  };
  for (const [text, why] of Object.entries(refused)) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => normalize(text)).to.throw(why);
    });
  }
});
