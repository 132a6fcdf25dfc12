import type { Dashboard, Panel, TimeRange } from './dashboard-model.ts';
import { legendOf, type PrometheusApi, type Series, withAllValues } from './prometheus-api.ts';
import { type NamedSeries, seriesPanel } from './series-panel.ts';
import { statPanel } from './stat-panel.ts';
import { escapeHtml } from './svg.ts';
import { tablePanel } from './table-panel.ts';
import { timelinePanel } from './timeline-panel.ts';

/** Pixels: a column of Grafana's 24, a row of its grid, and the space between panels. */
const column = 60;
const line = 38;
const gap = 8;
const titleHeight = 30;
const pointsAcross = 720;

export const pageWidth = 24 * column + 2 * gap;

export function pageHeight({ panels }: Dashboard): number {
  return Math.max(...panels.map(({ gridPos }) => (gridPos.y + gridPos.h) * line)) + 70;
}

/** A page that shows the dashboard as Grafana lays it out, with each panel's own queries answered. */
export async function dashboardPage(
  dashboard: Dashboard,
  api: PrometheusApi,
  range: TimeRange,
  note: string,
): Promise<string> {
  const panels = await Promise.all(dashboard.panels.map((panel) => panelHtml(panel, api, range)));
  return `<!doctype html><meta charset="utf-8"><title>${escapeHtml(dashboard.title)}</title><style>${style}</style>
<h1>${escapeHtml(dashboard.title)}<small>${escapeHtml(note)}</small></h1><main>${panels.join('\n')}</main>`;
}

async function panelHtml(panel: Panel, api: PrometheusApi, range: TimeRange): Promise<string> {
  const { x, y, w, h } = panel.gridPos;
  const size = { width: w * column - gap, height: h * line - gap };
  const place = `left:${x * column}px;top:${y * line}px;width:${size.width}px;height:${size.height}px`;
  if (panel.type === 'row') return `<h2 style="${place}">${escapeHtml(panel.title)}</h2>`;

  const { content, background } = await contentOf(panel, api, range, {
    width: size.width,
    height: size.height - titleHeight,
  });
  const color = background ? `;background:${background}` : '';
  return `<section style="${place}${color}"><h3>${escapeHtml(panel.title)}</h3>${content}</section>`;
}

async function contentOf(
  panel: Panel,
  api: PrometheusApi,
  range: TimeRange,
  size: { width: number; height: number },
): Promise<{ content: string; background?: string }> {
  const targets = panel.targets ?? [];
  if (panel.type === 'timeseries' || panel.type === 'state-timeline') {
    const step = Math.ceil((range.to - range.from) / pointsAcross);
    const answers = await Promise.all(
      targets.map(async ({ expr, legendFormat }): Promise<NamedSeries[]> => {
        const series = await api.range(withAllValues(expr), range, step);
        return series.map((each) => ({ ...each, name: legendOf(legendFormat, each.labels) }));
      }),
    );
    const draw = panel.type === 'timeseries' ? seriesPanel : timelinePanel;
    return { content: draw(panel, answers.flat(), range, size) };
  }
  const answers = new Map<string, readonly Series[]>();
  for (const { refId, expr } of targets) answers.set(refId, await api.instant(withAllValues(expr), range.to));
  if (panel.type === 'table') return { content: tablePanel(panel, answers) };
  return statPanel(panel, [...answers.values()].flat());
}

const style = `
body { margin: ${gap}px; background: #111217; color: #ccccdc; font: 13px Inter, "DejaVu Sans", sans-serif; }
h1 { font-size: 18px; font-weight: 500; margin: 4px 4px 12px; }
h1 small { font-size: 12px; color: #8e8e9d; margin-left: 16px; font-weight: normal; }
main { position: relative; }
section { position: absolute; background: #181b1f; border: 1px solid #2c2e33; border-radius: 2px; box-sizing: border-box; overflow: hidden; }
h2 { position: absolute; font-size: 14px; font-weight: 500; margin: 8px 4px; }
h3 { font-size: 13px; font-weight: 500; margin: 7px 10px 6px; color: #d8d9da; }
.stat { font-size: 40px; font-weight: 600; text-align: center; line-height: 84px; color: #fff; }
svg { display: block; } text { fill: #8e8e9d; font-size: 11px; } .grid { stroke: #25282d; }
.legend { margin: 4px 12px; font-size: 12px; } .legend span { margin-right: 16px; }
.legend i { display: inline-block; width: 14px; height: 4px; margin: 0 6px 3px 0; border-radius: 2px; }
table { width: calc(100% - 16px); margin: 0 8px; border-collapse: collapse; font-size: 12.5px; }
th { text-align: left; color: #6e9fff; font-weight: 500; } td, th { padding: 6px 9px; border-bottom: 1px solid #25282d; white-space: nowrap; }
`;
