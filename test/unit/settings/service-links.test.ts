import { expect } from 'chai';
import { isServiceLink } from '../../../src/settings/service-links.ts';

describe('isServiceLink', () => {
  for (const [name, value] of [
    ['CAIN_SERVICE_HOST', '10.0.0.1'],
    ['CAIN_SERVICE_PORT', '80'],
    ['CAIN_SERVICE_PORT_HTTP_METRICS', '80'],
    ['CAIN_PORT', 'tcp://10.0.0.1:80'],
    ['CAIN_PORT_80_TCP', 'tcp://10.0.0.1:80'],
    ['CAIN_PORT_80_TCP_ADDR', '10.0.0.1'],
    ['CAIN_PORT_80_TCP_PORT', '80'],
    ['CAIN_PORT_80_TCP_PROTO', 'tcp'],
    ['CAIN_DEMO_CASSANDRA_SERVICE_HOST', '10.0.0.1'],
    ['CAIN_DEMO_PORT_53_UDP_ADDR', '10.0.0.1'],
    ['CAIN_JMX_PORT', 'tcp://10.0.0.1:7199'],
  ] as const) {
    it(`knows ${name}=${value}`, () => {
      expect(isServiceLink(name, value)).to.equal(true);
    });
  }

  for (const [name, value] of [
    ['CAIN_JMX_PORT', '7199'],
    ['CAIN_KEYSPCE', 'shop'],
    ['CAIN_SERVICE', 'x'],
    ['CAIN_SUPPORT', 'tcp://10.0.0.1:80'],
    ['CAIN_PORT_80_TCP_NAME', 'x'],
  ] as const) {
    it(`does not take ${name}=${value} for one`, () => {
      expect(isServiceLink(name, value)).to.equal(false);
    });
  }
});
