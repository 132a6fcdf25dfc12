import { expect } from 'chai';
import { reasonIn } from '../../../../bench/compare/reason.ts';

describe('reasonIn', () => {
  it('finds the first error and the last cause of a Java program', () => {
    const output = [
      '22:53:40 INFO starting',
      '22:53:41 ERROR Operation - it was not successful',
      '\tat com.example.Main.main(Main.java:53)',
      'Caused by: java.io.IOException: retry',
      '\t... 35 more',
      'Caused by: java.net.UnknownHostException: bucket.127.0.0.1',
    ].join('\n');

    expect(reasonIn(output)).to.equal(
      '22:53:41 ERROR Operation - it was not successful; Caused by: java.io.IOException: retry; Caused by: java.net.UnknownHostException: bucket.127.0.0.1',
    );
  });

  it('takes the last lines where none tells', () => {
    expect(reasonIn('one\ntwo\n\nthree\nfour\n')).to.equal('two; three; four');
  });
});
