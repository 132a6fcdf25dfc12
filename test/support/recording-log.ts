import type { LogFields, Logger, LogLevel } from '../../src/log.ts';

export interface LoggedLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** A logger that keeps its lines for a test to look at. */
export interface RecordingLog extends Logger {
  readonly lines: readonly LoggedLine[];
  messages(level: LogLevel): readonly string[];
}

export function recordLog(): RecordingLog {
  const lines: LoggedLine[] = [];
  return logInto(lines, {});
}

function logInto(lines: LoggedLine[], common: LogFields): RecordingLog {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      lines.push({ level, message, fields: { ...common, ...fields } });
    };
  return {
    lines,
    messages: (level) => lines.filter((line) => line.level === level).map(({ message }) => message),
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    child: (fields) => logInto(lines, { ...common, ...fields }),
  };
}
