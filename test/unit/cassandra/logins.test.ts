import { expect } from 'chai';
import { bundleLogins, type Logins } from '../../../src/cassandra/logins.ts';

function filesOf(logins: Partial<Logins>): Readonly<Record<string, string>> {
  const { files } = bundleLogins({ cql: {}, jmx: {}, ...logins });
  return Object.fromEntries(files.map(([name, bytes]) => [name, Buffer.from(bytes).toString()]));
}

describe('bundleLogins', () => {
  it('brings nothing where nothing is set', () => {
    const bundle = bundleLogins({ cql: {}, jmx: {} });

    expect(bundle).to.deep.equal({ files: [], args: ['', '', '', '', ''] });
  });

  it('writes the CQL login as cqlsh reads it: "%" expands in the name alone', () => {
    const { cqlshrc } = filesOf({ cql: { username: '5%', password: 'a%(b)s;#"= é' } });

    expect(cqlshrc).to.equal('[authentication]\nusername = 5%%\npassword = a%(b)s;#"= é\n');
  });

  it('has the certificate of the server checked, by cqlsh and by a program of ours', () => {
    const [ca, cert, key] = [Buffer.from('CA'), Buffer.from('CERT'), Buffer.from('KEY')];

    const files = filesOf({ cql: { tls: { ca, cert, key } } });

    expect(files).to.include({ 'ca.pem': 'CA', 'cert.pem': 'CERT', 'key.pem': 'KEY' });
    expect(files['check-certificate.py']).to.contain('CERTIFICATE_VERIFY_FAILED');
    expect(files.cqlshrc?.split('\n')).to.include.members([
      'ssl = true',
      'validate = true',
      'certfile = @CAIN_FOLDER@/ca.pem',
      'usercert = @CAIN_FOLDER@/cert.pem',
      'userkey = @CAIN_FOLDER@/key.pem',
    ]);
  });

  it('takes any certificate over TLS without an authority', () => {
    const files = filesOf({ cql: { tls: {} } });

    expect(Object.keys(files)).to.deep.equal(['cqlshrc']);
    expect(files.cqlshrc).to.equal('[connection]\nssl = true\n[ssl]\nvalidate = false\n');
  });

  it("puts the JMX password into nodetool's password file", () => {
    const bundle = bundleLogins({ cql: {}, jmx: { username: 'u', password: 'p', port: 7299 } });

    expect(bundle.args).to.deep.equal(['u', '@', '7299', '', '']);
    expect(filesOf({ jmx: { username: 'u', password: 'p' } })).to.deep.equal({ jmx: 'u p\n' });
  });

  it('names the password file of the container where there is no password', () => {
    const bundle = bundleLogins({ cql: {}, jmx: { username: 'u', passwordFile: '/in/the/pod' } });

    expect(bundle).to.deep.equal({ files: [], args: ['u', '/in/the/pod', '', '', ''] });
  });

  it('quotes the passwords of Java stores for an argument file', () => {
    const truststore = { bytes: Buffer.from('TRUST'), password: 'a "b"\\c' };
    const keystore = { bytes: Buffer.from('KEYS') };

    const files = filesOf({ jmx: { tls: { truststore, keystore } } });

    expect(files).to.include({ trustStore: 'TRUST', keyStore: 'KEYS' });
    expect(files.jvm?.split('\n')).to.deep.equal([
      '"-Dssl.enable=true"',
      '"-Djavax.net.ssl.trustStore=@CAIN_FOLDER@/trustStore"',
      String.raw`"-Djavax.net.ssl.trustStorePassword=a \"b\"\\c"`,
      '"-Djavax.net.ssl.keyStore=@CAIN_FOLDER@/keyStore"',
      '',
    ]);
  });
});
