export type Listener<Event> = (event: Event) => void;
export type Unsubscribe = () => void;

/** A typed event emitter: `Events` maps each event's name to what its listeners receive. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>();

  /** Calls `listener` on every event of that name; the returned function ends it. */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): Unsubscribe {
    const set = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, set);
    set.add(listener);
    return () => set.delete(listener);
  }

  /** The next event of that name. Subscribed at the call, so an event emitted before `await` is not missed. */
  next<Name extends keyof Events>(name: Name): Promise<Events[Name]> {
    return new Promise((resolve) => {
      const off = this.on(name, (event) => {
        off();
        resolve(event);
      });
    });
  }

  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    const set = this.#listeners.get(name) as Set<Listener<Events[Name]>> | undefined;
    if (set === undefined) return;
    // A copy: who begins to listen now listens for the next one.
    for (const listener of [...set]) {
      if (!set.has(listener)) continue;
      try {
        listener(event);
      } catch (error) {
        // It is told like any uncaught error; the others, and whoever emits, go on.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
