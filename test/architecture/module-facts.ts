// What the rules need to know about one source file, read from its syntax tree.
import path from 'node:path';
import type TypeScript from 'typescript5';
import { ts } from './typescript.ts';

export interface Import {
  readonly specifier: string;
  /** The file it leads to, for a relative specifier; repository path. */
  readonly target: string | undefined;
}

export interface ModuleFacts {
  readonly file: string;
  readonly imports: readonly Import[];
  readonly hasExportStar: boolean;
  readonly hasDefaultExport: boolean;
  /** Identifiers used as values and declared nowhere in the file. */
  readonly freeValues: ReadonlySet<string>;
  /** Identifiers used as types and declared nowhere in the file. */
  readonly freeTypes: ReadonlySet<string>;
  readonly isAsync: boolean;
  readonly usesMathRandom: boolean;
  /** Functions by their length in lines, the longest first. */
  readonly functions: readonly { readonly name: string; readonly line: number; readonly lines: number }[];
  readonly lines: number;
}

/** @param file the path from the root of the repository, with forward slashes */
export function readModule(file: string, text: string): ModuleFacts {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const nodes = walk(tree);
  const declared = new Set(nodes.flatMap(declaredName));
  const free = (wanted: (node: TypeScript.Identifier) => boolean): ReadonlySet<string> =>
    new Set(
      nodes
        .filter(
          (node): node is TypeScript.Identifier => ts.isIdentifier(node) && !declared.has(node.text) && wanted(node),
        )
        .map((node) => node.text),
    );
  return {
    file,
    imports: nodes.flatMap(specifierOf).map((specifier) => ({ specifier, target: resolve(file, specifier) })),
    hasExportStar: nodes.some((node) => ts.isExportDeclaration(node) && !isNamedExport(node)),
    hasDefaultExport: nodes.some(isDefaultExport),
    freeValues: free(isValue),
    freeTypes: free(isTypeName),
    isAsync: nodes.some(isAsync),
    usesMathRandom: nodes.some((node) => ts.isPropertyAccessExpression(node) && node.getText() === 'Math.random'),
    functions: nodes.flatMap(functionLength).sort((a, b) => b.lines - a.lines),
    lines: text.trimEnd().split('\n').length,
  };
}

/** All nodes that mean something. Not `getChildren`, which scans the text once more to make a node of every comma. */
function walk(node: TypeScript.Node, nodes: TypeScript.Node[] = []): TypeScript.Node[] {
  nodes.push(node);
  ts.forEachChild(node, (child) => void walk(child, nodes));
  return nodes;
}

/** `import … from`, `export … from`, `import()`, and `import('…')` in a type. */
function specifierOf(node: TypeScript.Node): string[] {
  let specifier: TypeScript.Node | undefined;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) specifier = node.moduleSpecifier;
  else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    specifier = node.arguments[0];
  else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) specifier = node.argument.literal;
  return specifier && ts.isStringLiteral(specifier) ? [specifier.text] : [];
}

function resolve(file: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return path.posix.join(path.posix.dirname(file), specifier);
}

function isNamedExport(node: TypeScript.ExportDeclaration): boolean {
  return node.exportClause !== undefined && ts.isNamedExports(node.exportClause);
}

function isDefaultExport(node: TypeScript.Node): boolean {
  if (ts.isExportAssignment(node)) return true;
  if (ts.isExportSpecifier(node)) return node.name.text === 'default';
  return ts.canHaveModifiers(node) && hasModifier(node, ts.SyntaxKind.DefaultKeyword);
}

function hasModifier(node: TypeScript.HasModifiers, kind: TypeScript.SyntaxKind): boolean {
  return ts.getModifiers(node)?.some((modifier) => modifier.kind === kind) ?? false;
}

function isAsync(node: TypeScript.Node): boolean {
  if (ts.isAwaitExpression(node)) return true;
  if (ts.isForOfStatement(node)) return node.awaitModifier !== undefined;
  return ts.canHaveModifiers(node) && hasModifier(node, ts.SyntaxKind.AsyncKeyword);
}

function declaredName(node: TypeScript.Node): string[] {
  const declares =
    ts.isVariableDeclaration(node) ||
    ts.isParameter(node) ||
    ts.isBindingElement(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isTypeParameterDeclaration(node) ||
    ts.isImportClause(node) ||
    ts.isImportSpecifier(node) ||
    ts.isNamespaceImport(node);
  return declares && node.name && ts.isIdentifier(node.name) ? [node.name.text] : [];
}

/** An identifier that stands for itself in an expression, not for a member of something or a key. */
function isValue(node: TypeScript.Identifier): boolean {
  const { parent } = node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (isInType(node) || ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return false;
  return !('name' in parent && parent.name === node) && !('label' in parent && parent.label === node);
}

function isTypeName(node: TypeScript.Identifier): boolean {
  return ts.isTypeReferenceNode(node.parent) || (ts.isExpressionWithTypeArguments(node.parent) && isInType(node));
}

function isInType(node: TypeScript.Node): boolean {
  for (let at: TypeScript.Node = node; at.parent; at = at.parent) {
    if (ts.isHeritageClause(at))
      return at.token === ts.SyntaxKind.ImplementsKeyword || ts.isInterfaceDeclaration(at.parent);
    if (ts.isTypeNode(at) && !ts.isExpressionWithTypeArguments(at)) return true;
    if (ts.isStatement(at)) return ts.isInterfaceDeclaration(at) || ts.isTypeAliasDeclaration(at);
  }
  return false;
}

function functionLength(node: TypeScript.Node): { name: string; line: number; lines: number }[] {
  if (!ts.isFunctionLike(node) || !('body' in node) || !node.body) return [];
  const tree = node.getSourceFile();
  const first = tree.getLineAndCharacterOfPosition(node.getStart()).line;
  const last = tree.getLineAndCharacterOfPosition(node.getEnd()).line;
  const named = node.name ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name : undefined);
  return [{ name: named?.getText() ?? 'a function', line: first + 1, lines: last - first + 1 }];
}
