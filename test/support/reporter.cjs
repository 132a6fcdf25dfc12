const { reporters, Runner } = require('mocha');

/** mocha's spec reporter with one closing line that machines read: "N passed, N failed, N skipped". */
module.exports = class ClosingLine extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    // After the epilogue of Spec, which listens to the same event and was registered first.
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = runner.stats;
      process.stdout.write(
        `\n${passes} passed, ${failures} failed${pending > 0 ? `, ${pending} skipped` : ''}\n`,
      );
    });
  }
};
