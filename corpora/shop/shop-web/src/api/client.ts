const BASE_URL: string = import.meta.env.VITE_API_BASE_URL ?? "http://localhost:8080";

type Method = "GET" | "POST" | "PUT" | "DELETE";

export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = "ApiError";
  }

  get retryable(): boolean {
    return this.status >= 500;
  }
}

async function request<T>(method: Method, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${BASE_URL}${path}`, {
    method,
    headers: { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!response.ok) {
    throw new ApiError(response.status, await response.text());
  }
  return (await response.json()) as T;
}

/** Talks JSON to the gateway. */
export const api = {
  get<T>(path: string): Promise<T> {
    return request<T>("GET", path);
  },
  post<T>(path: string, body: unknown): Promise<T> {
    return request<T>("POST", path, body);
  },
  put<T>(path: string, body: unknown): Promise<T> {
    return request<T>("PUT", path, body);
  },
};

/** Whether anything answers behind the gateway. */
export async function gatewayAlive(): Promise<boolean> {
  const response = await fetch(`${BASE_URL}/health`);
  return response.ok;
}
