/** As much of Grafana's dashboard JSON as ours uses. */
export interface Dashboard {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface Panel {
  readonly id: number;
  readonly type: 'row' | 'stat' | 'table' | 'timeseries' | 'state-timeline';
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
  readonly fieldConfig?: { readonly defaults: FieldConfig; readonly overrides: readonly Override[] };
  readonly options?: { readonly colorMode?: string };
  readonly transformations?: ReadonlyArray<{ readonly id: string; readonly options: Organize }>;
}

export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
}

export interface FieldConfig {
  readonly unit?: string;
  readonly decimals?: number;
  readonly mappings?: readonly Mapping[];
  readonly thresholds?: Thresholds;
  readonly custom?: {
    readonly fillOpacity?: number;
    readonly stacking?: { readonly mode: string };
    readonly cellOptions?: { readonly type: string };
  };
}

export interface Thresholds {
  readonly steps: ReadonlyArray<{ readonly color: string; readonly value: number | null }>;
}

export interface Mapping {
  readonly options: Readonly<Record<string, { readonly text: string; readonly color: string }>>;
}

export interface Override {
  readonly matcher: { readonly options: string };
  readonly properties: ReadonlyArray<{ readonly id: string; readonly value: unknown }>;
}

/** What becomes of the columns of a table. */
export interface Organize {
  readonly excludeByName?: Readonly<Record<string, boolean>>;
  readonly indexByName?: Readonly<Record<string, number>>;
  readonly renameByName?: Readonly<Record<string, string>>;
}

export interface TimeRange {
  /** Unix seconds. */
  readonly from: number;
  readonly to: number;
}

/** The field's config with the overrides of its name. */
export function fieldConfigOf({ fieldConfig }: Panel, name: string): FieldConfig {
  const config: Record<string, unknown> = { ...fieldConfig?.defaults };
  const own = (fieldConfig?.overrides ?? []).filter(({ matcher }) => matcher.options === name);
  for (const { id, value } of own.flatMap(({ properties }) => properties)) {
    const [group, key] = id.split('.');
    if (group === 'custom' && key) config.custom = { ...(config.custom as object), [key]: value };
    else config[id] = value;
  }
  return config as FieldConfig;
}

const colors: Readonly<Record<string, string>> = {
  green: '#56a64b',
  red: '#e0344a',
  orange: '#ff9830',
  blue: '#5794f2',
};

/** What a value looks like: a mapping's colour before a threshold's. */
export function colorOf(value: number, { mappings = [], thresholds }: FieldConfig): string | undefined {
  const mapped = mappings.map(({ options }) => options[String(value)]).find((each) => each !== undefined);
  const step = thresholds?.steps.findLast((each) => each.value === null || value >= each.value);
  const color = mapped?.color ?? step?.color;
  return color && (colors[color] ?? color);
}
