/** Stands in for the package of that name in the bundle: node-fetch falls back to it only where Node has no URL, and its `punycode` makes Node 21 and later warn in the middle of the log. */
module.exports = { URL };
