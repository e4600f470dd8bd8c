# The search: what it draws, how it shrinks, what it loses when it is killed.
convict_test(fuzz_generator DEPENDS convict::fuzz LABELS fast)
convict_test(fuzz_shrink DEPENDS convict::fuzz convict::reference LABELS fast)
convict_test(fuzz_campaign DEPENDS convict::fuzz convict::reference convict::reports LABELS fast)
