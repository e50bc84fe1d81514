// Reads folders with the real @next/env: stdin holds [{folder, environ}, …], stdout gets one object of
// values for each (or null when the library printed an error). argv[2] is the library's folder.
'use strict'
const path = require('node:path')
const library = require.resolve(path.resolve(process.argv[2]))
const cases = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
const answers = cases.map(({ folder, environ }) => {
  for (const name of Object.keys(process.env)) delete process.env[name]
  Object.assign(process.env, environ)
  delete require.cache[library]
  const errors = []
  const quiet = { info() {}, error: (...what) => errors.push(what) }
  require(library).loadEnvConfig(folder, false, quiet)
  const values = { ...process.env }
  delete values.__NEXT_PROCESSED_ENV
  return { values, errors: errors.length }
})
process.stdout.write(JSON.stringify(answers))
