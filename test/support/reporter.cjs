const { reporters, Runner } = require('mocha');

const graceMs = 20_000;

/**
 * mocha's spec reporter, which tells failures at once, with one closing line that machines read: "N passed, N failed, N skipped". What a suite left
 * open (a driver that reconnects to a node that is gone) is told, and does not keep the process for good.
 */
module.exports = class ClosingLine extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    // Long suites: what failed is told at once, and again at the end.
    runner.on(Runner.constants.EVENT_TEST_FAIL, (_test, error) => console.log(error?.stack ?? error));
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
