import { setHeaderMiddleware } from '@kubernetes/client-node';

type ApiOptions = { readonly middleware: Middleware[]; readonly middlewareMergeStrategy: 'append' };
type Middleware = ReturnType<typeof setHeaderMiddleware>;

/**
 * Options of an API call that end its HTTP request when the signal fires. Without them the request and its socket stay
 * open for as long as the server likes, whoever has stopped waiting.
 */
export function abortable(signal: AbortSignal): ApiOptions {
  const named = setHeaderMiddleware('User-Agent', 'cain');
  return {
    middlewareMergeStrategy: 'append',
    middleware: [
      {
        pre(request) {
          request.setSignal(signal);
          return named.pre(request);
        },
        post: named.post,
      },
    ],
  };
}
