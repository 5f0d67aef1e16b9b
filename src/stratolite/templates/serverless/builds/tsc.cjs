/**
 * Compiles a project's TypeScript by its own compiler; asked by tsc.py by way of worker.cjs, in the project's folder.
 *
 * Asked: {tool, config, roots: [file], isWhole, output, info}. Answers {inputs: [file], warnings, others, errors}: the
 * files that were read, what is wrong with types, in how many places of packages, and what keeps the output from being
 * written. The program of one build is where
 * the next one begins.
 */

const fs = require('node:fs');
const path = require('node:path');

const PLAIN = { target: 'es2020', module: 'commonjs', esModuleInterop: true, skipLibCheck: true, allowJs: true };
let kept;

function stamp(file) {
  try {
    const { mtimeMs, size } = fs.statSync(file);
    return `${mtimeMs} ${size}`;
  } catch {
    return '';
  }
}

/** What the project's configuration says, with what an output beside it needs. */
function configured(ts, asked) {
  const own = {
    outDir: asked.output, rootDir: process.cwd(), noEmit: false, declaration: false, declarationMap: false,
    emitDeclarationOnly: false, composite: false, incremental: true, tsBuildInfoFile: asked.info, outFile: undefined,
    pretty: false, listEmittedFiles: false, allowImportingTsExtensions: undefined,
  };
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic(problem) { throw new Error(text(ts, problem)); } };
  const read = new Set();
  host.readFile = (file, encoding) => { read.add(path.resolve(file)); return ts.sys.readFile(file, encoding); };
  const parsed = asked.config
    ? ts.getParsedCommandLineOfConfigFile(asked.config, {}, host)
    : { options: ts.convertCompilerOptionsFromJson(PLAIN, process.cwd()).options, fileNames: [], errors: [] };
  const options = { sourceMap: true, ...parsed.options, ...own };
  if (options.inlineSourceMap) options.sourceMap = undefined;
  const declared = parsed.fileNames.filter((file) => /\.d\.[cm]?ts$/.test(file));
  const rootNames = asked.isWhole ? parsed.fileNames : [...new Set([...asked.roots, ...declared])];
  // That a configuration names no files says nothing where handlers are compiled.
  const errors = parsed.errors.filter((one) => asked.isWhole || ![18002, 18003].includes(one.code));
  return { options, rootNames, errors, read: [...read], references: parsed.projectReferences };
}

function text(ts, problem) {
  const host = { getCanonicalFileName: (name) => name, getCurrentDirectory: () => process.cwd(), getNewLine: () => '\n' };
  return ts.formatDiagnostic(problem, host).trimEnd();
}

/** A host that reads and parses a file again only when it has changed. */
function hostOf(ts, options) {
  const host = ts.createIncrementalCompilerHost(options);
  const parse = host.getSourceFile;
  const files = new Map();
  host.getSourceFile = (name, ...more) => {
    const now = stamp(name);
    const known = files.get(name);
    if (known?.stamp === now && now !== '') return known.file;
    const file = parse.call(host, name, ...more);
    files.set(name, { stamp: now, file });
    return file;
  };
  return host;
}

function programOf(ts, made) {
  const { options, rootNames, errors, references } = made;
  const key = JSON.stringify([options, references]);
  if (kept?.key !== key) kept = { key, host: hostOf(ts, options), program: undefined };
  const host = kept.host;
  const before = kept.program ?? ts.readBuilderProgram(options, host);
  const build = ts.createEmitAndSemanticDiagnosticsBuilderProgram;
  kept.program = build(rootNames, options, host, before, errors, references);
  return kept.program;
}

exports.build = async (asked) => {
  const ts = require(asked.tool);
  if (ts.createIncrementalCompilerHost === undefined) throw new Error(`TypeScript ${ts.version} is too old: 3.6 builds`);
  const made = configured(ts, asked);
  const program = programOf(ts, made);
  const isError = (one) => one.category === ts.DiagnosticCategory.Error;
  const isOthers = (one) => /\/node_modules\//.test(one.file?.fileName ?? '');
  const syntax = [...made.errors, ...program.getOptionsDiagnostics(), ...program.getSyntacticDiagnostics()].filter(isError);
  const types = [...program.getGlobalDiagnostics(), ...program.getSemanticDiagnostics()].filter(isError);
  // What packages declare for a newer compiler keeps nothing from being compiled.
  const errors = syntax.filter((one) => !isOthers(one));
  const emitted = errors.length > 0 ? { emitSkipped: true, diagnostics: [] } : program.emit();
  const found = [...syntax.filter(isOthers), ...types];
  if (emitted.emitSkipped && errors.length === 0) errors.push(...found, ...emitted.diagnostics);
  const inputs = [...program.getSourceFiles().map((file) => path.resolve(file.fileName)), ...made.read];
  return {
    inputs,
    warnings: found.filter((one) => !isOthers(one)).map((one) => text(ts, one)),
    others: found.filter(isOthers).length,
    errors: errors.map((one) => text(ts, one)),
  };
};
