const { reporters, Runner } = require('mocha');

const graceMs = 20_000;

/**
 * mocha's spec reporter with one closing line that machines read: "N passed, N failed, N skipped". What a suite left
 * open (a driver that reconnects to a node that is gone) is told, and does not keep the process for good.
 */
module.exports = class ClosingLine extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    // After the epilogue of Spec, which listens to the same event and was registered first.
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = runner.stats;
      setTimeout(() => {
        console.error(`Left open by the tests: ${process.getActiveResourcesInfo().join(', ')}`);
        // mocha sets the code as the process ends.
        process.exit();
      }, graceMs).unref();
      process.stdout.write(
        `\n${passes} passed, ${failures} failed${pending > 0 ? `, ${pending} skipped` : ''}\n`,
      );
    });
  }
};
