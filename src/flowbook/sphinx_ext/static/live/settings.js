/* Written anew by the build (flowbook/sphinx_ext/live.py). */
export default { python: "../python/", packages: null, placed: [], sizes: {} };
