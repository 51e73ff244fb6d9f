/** A JSON schema, as written in a file or sent to a model. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A function a model may call, in the form the Realtime API takes in `session.tools`. */
export interface FunctionDefinition {
  readonly type: 'function';
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonSchema;
}
