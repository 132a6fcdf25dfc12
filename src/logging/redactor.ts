/** Strikes secrets from everything that leaves Cain. */
export interface Redactor {
  /** From now on this text is struck: as it is, in base64 and URL-encoded. */
  register(secret: string): void;
  strike(text: string): string;
}

const struck = '***';

/** Shorter ones protect nothing, and striking them would shred every line. */
const shortestSecret = 4;

/** Struck without being registered: each run makes thousands of presigned URLs. */
const secretPatterns: readonly RegExp[] = [
  /(?<=x-amz-(?:signature|credential|security-token)=)[^&\s"'<>]+/gi,
  /(?<=\b(?:authorization|x-amz-security-token)["']?\s*[:=]\s*["']?)[^\s"'][^"'\r\n]*/gi,
  /(?<=:\/\/)[^/\s:@"']+:[^/\s@"']+(?=@)/g,
];

export function createRedactor(): Redactor {
  const forms = new Set<string>();
  let pattern: RegExp | undefined;

  return {
    register(secret) {
      const known = forms.size;
      if (secret.length >= shortestSecret) for (const form of formsOf(secret)) forms.add(form);
      if (forms.size > known) pattern = patternOf(forms);
    },
    strike(text) {
      const withoutSecrets = pattern ? text.replace(pattern, struck) : text;
      return secretPatterns.reduce((rest, each) => rest.replace(each, struck), withoutSecrets);
    },
  };
}

function formsOf(secret: string): string[] {
  // By way of a Buffer, because half a surrogate pair can't be URL-encoded.
  const encoded = encodeURIComponent(Buffer.from(secret).toString());
  const encodedWhole = encoded.replace(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  const urlForms = [encoded, encodedWhole, encodedWhole.replaceAll('%20', '+')];
  const lowerCase = urlForms.map((form) => form.replace(/%../g, (code) => code.toLowerCase()));
  const inJson = JSON.stringify(secret).slice(1, -1);
  return [secret, inJson, ...urlForms, ...lowerCase, ...base64Forms(secret)].filter(
    (form) => form.length >= shortestSecret,
  );
}

/**
 * The base64 of a text that holds the secret ("user:password") does not hold the secret's own base64: that
 * depends on where it begins, in one of three ways. Of each way the characters that the secret alone decides.
 */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const whole = text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
    return [whole, whole.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** Longest first, so that no form leaves the tail of a longer one behind. */
function patternOf(forms: ReadonlySet<string>): RegExp {
  const longestFirst = [...forms].sort((left, right) => right.length - left.length);
  return new RegExp(longestFirst.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g');
}
