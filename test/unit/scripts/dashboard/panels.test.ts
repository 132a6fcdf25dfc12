import { expect } from 'chai';
import { colorOf, fieldConfigOf, type Panel } from '../../../../scripts/dashboard/dashboard-model.ts';
import { seriesPanel } from '../../../../scripts/dashboard/series-panel.ts';
import { tablePanel } from '../../../../scripts/dashboard/table-panel.ts';

const panel: Panel = {
  id: 1,
  type: 'table',
  title: 'Plans',
  gridPos: { x: 0, y: 0, w: 24, h: 7 },
  fieldConfig: {
    defaults: { unit: 'none' },
    overrides: [
      { matcher: { options: 'Size' }, properties: [{ id: 'unit', value: 'bytes' }] },
      {
        matcher: { options: 'Share' },
        properties: [
          { id: 'custom.cellOptions', value: { type: 'color-text' } },
          {
            id: 'thresholds',
            value: {
              steps: [
                { color: 'green', value: null },
                { color: 'red', value: 0.8 },
              ],
            },
          },
        ],
      },
    ],
  },
  transformations: [
    {
      id: 'organize',
      options: {
        excludeByName: { namespace: true },
        indexByName: { plan: 0, 'Value #A': 1, 'Value #B': 2 },
        renameByName: { plan: 'Plan', 'Value #A': 'Size', 'Value #B': 'Share' },
      },
    },
  ],
};

const sample = (plan: string, value: number) => ({
  labels: { namespace: 'n', plan },
  points: [[0, value] as const],
});

describe('tablePanel', () => {
  it('puts what the queries say of the same labels into one row, named and ordered as the dashboard says', () => {
    const answers = new Map([
      ['A', [sample('default', 2048), sample('<b>', 1)]],
      ['B', [sample('default', 0.9)]],
    ]);

    const html = tablePanel(panel, answers);
    expect(html.match(/<th>[^<]*/g)).to.deep.equal(['<th>Plan', '<th>Size', '<th>Share']);
    expect(html.match(/<tr><td/g)).to.have.lengthOf(2);
    expect(html).to.include('2 KiB').and.include('color:#e0344a">0.9<');
    expect(html).to.not.include('<b>');
  });
});

describe('colorOf', () => {
  it('takes the highest threshold that the value reaches', () => {
    const config = fieldConfigOf(panel, 'Share');

    expect([0.1, 0.8].map((value) => colorOf(value, config))).to.deep.equal(['#56a64b', '#e0344a']);
  });
});

describe('seriesPanel', () => {
  const stacking: Panel = {
    ...panel,
    fieldConfig: { defaults: { custom: { stacking: { mode: 'normal' } } }, overrides: [] },
  };
  const series = ['one', 'other'].map((name) => ({
    name,
    labels: {},
    points: [
      [0, 40],
      [100, 40],
    ] as const,
  }));
  const draw = (each: Panel) => seriesPanel(each, series, { from: 0, to: 100 }, { width: 600, height: 300 });

  it('stacks what is to be stacked', () => {
    expect(draw(stacking)).to.include('>80<');
    expect(draw({ ...panel, fieldConfig: { defaults: {}, overrides: [] } })).to.not.include('>80<');
  });

  it('names every series', () => {
    expect(draw(panel)).to.include('</i>one<').and.include('</i>other<');
  });
});
