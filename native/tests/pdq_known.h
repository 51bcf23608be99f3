/* Height, width, channels, quality and hash of drawn pictures, equal to pdqhash 0.2.8 (Meta's C++ reference).
 * Read by test_pdq.c and by tests/kernel/test_pdq_known.py. */
{480, 640, 3, 100, "1ae93d334f9b3e4370009a6d7198e51eaa64b2dcc0f0d7a56ecc751e9131baca"},
{300, 401, 1, 100, "6e3330c0495258dbf1e113776cd319ffe3d5fa889db46ce0878ec70852b446a9"},
{1080, 1920, 3, 100, "51ecfbc2de4084ef91d345879a4924688d50b9d2d2b3b2974d35ba69d92c633b"},
{64, 64, 1, 75, "692d96d2969a0965692d96d2692d692d96d2d69a696d96d296d26b2d692d9692"},
{50, 130, 3, 100, "4e3db9cb663de8e2198266758c8f3819e3361cc2e31c3463c99f7a3d35c20b3c"},
{2049, 777, 3, 100, "971d79ce3b99c6269ce3cc61946be4e4956952da49b4d92349b4dd33491585c3"},
