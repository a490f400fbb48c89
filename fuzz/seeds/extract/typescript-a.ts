%export interface Store<T extends Entity = Entity> extends Base<T>, ns.Other {
  readonly id: string;
  options?: { retries: number; nested: { on: boolean } };
  get(id: string, ...rest: string[]): Promise<T | null>;
  onChange: (item: T) => void;
  [key: string]: unknown;
}
/** A user. */
export type User = { name: string; tags: string[]; address: Address | undefined } & Timestamps;
type Id = string | number;
type Lookup = Record<string, Array<User>>;
type Pair = [first: User, second: Map<string, Set<Id>>];
type Shape = Circle | Square;
type Part = Partial<User>;
type Fetch = typeof fetchUser;
export enum Status { Active = "active", Gone = "gone", Next }
export abstract class Repository<T> implements Store<T> {
  private cache?: Map<string, T>;
  protected abstract find(id: string): Promise<T>;
  static readonly instance: Repository<User> = new UserRepository();
}
declare function external(id: Id): asserts id is string;
declare module "plugin" { export function load(name: string): void; }
namespace Geometry.Plane { export const ORIGIN = 0; export function area(shape: Shape): number { return ORIGIN; } }
import Plane = Geometry.Plane;
declare global { interface Window { app: App } }
