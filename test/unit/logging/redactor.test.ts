import { expect } from 'chai';
import fc from 'fast-check';
import { createRedactor } from '../../../src/logging/redactor.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('createRedactor', () => {
  const secret = 'p@ss w0rd/"x"';

  for (const [form, text] of Object.entries({
    plain: secret,
    base64: base64(secret),
    'base64 of a login': base64(`cain:${secret}`),
    'base64 of a longer login': base64(`admin:${secret}:more`),
    base64url: Buffer.from(`cain:${secret}`).toString('base64url'),
    'URL-encoded': encodeURIComponent(secret),
    'form-encoded': new URLSearchParams({ secret }).toString().slice('secret='.length),
    'URL-encoded in lower case': encodeURIComponent(secret).toLowerCase().replace('p%40ss', 'p%40ss'),
    'JSON-escaped': JSON.stringify(secret).slice(1, -1),
  })) {
    it(`strikes the ${form} form`, () => {
      const redactor = createRedactor();
      redactor.register(secret);

      const output = redactor.strike(`before ${text} after`);

      expect(output).to.match(/^before .*\*\*\*.* after$/);
      expect(output).to.not.contain(text);
    });
  }

  it('strikes any secret in any of its forms, wherever it stands', () => {
    const words = fc.string({ minLength: 4, maxLength: 40, unit: 'grapheme' });
    const around = fc.string({ maxLength: 8, unit: fc.constantFrom('<', '>', '~', ' ') });

    fc.assert(
      fc.property(words, around, around, (word, before, after) => {
        const redactor = createRedactor();
        redactor.register(word);
        const forms = [word, encodeURIComponent(word), base64(word).replace(/=+$/, '')];

        return forms.every((form) => {
          const output = redactor.strike(`${before}${form}${after}`);
          return output.includes('***') && !output.includes(form);
        });
      }),
    );
  });

  it('strikes the longer of two secrets whole', () => {
    const redactor = createRedactor();
    redactor.register('secret');
    redactor.register('secret-of-mine');

    expect(redactor.strike('secret-of-mine')).to.equal('***');
  });

  it('leaves words of up to three letters alone', () => {
    const redactor = createRedactor();
    for (const short of ['', 'a', 'abc']) redactor.register(short);

    expect(redactor.strike('abc is a word')).to.equal('abc is a word');
  });

  it('strikes what nobody registered: signatures, authorization headers, logins in URLs', () => {
    const { strike } = createRedactor();

    expect(strike('https://h/k?X-Amz-Credential=AKIA%2F1&X-Amz-Signature=abc123&partNumber=1')).to.equal(
      'https://h/k?X-Amz-Credential=***&X-Amz-Signature=***&partNumber=1',
    );
    expect(strike('authorization: AWS4-HMAC-SHA256 Credential=x, Signature=y')).to.equal(
      'authorization: ***',
    );
    expect(strike('"Authorization":"Bearer abc","x":1')).to.equal('"Authorization":"***","x":1');
    expect(strike('https://user:word@host/path')).to.equal('https://***@host/path');
    expect(strike('s3://bucket/a@b and 10:30')).to.equal('s3://bucket/a@b and 10:30');
  });
});
