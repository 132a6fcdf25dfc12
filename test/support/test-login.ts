/** The store has no login of its own: it takes the SDK's default chain. Returns the way back. */
export function setLogin(login: {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}): () => void {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env;
  process.env.AWS_ACCESS_KEY_ID = login.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = login.secretAccessKey;
  return () => {
    setOrDelete('AWS_ACCESS_KEY_ID', AWS_ACCESS_KEY_ID);
    setOrDelete('AWS_SECRET_ACCESS_KEY', AWS_SECRET_ACCESS_KEY);
  };
}

function setOrDelete(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
