/** In place of the version of the tool that made a backup, in the manifest that stands for one of the original's. */
export const originalTool = 'the original Cain';
