# The search: what it draws, how it shrinks, what it loses when it is killed.
convict_test(fuzz_generator DEPENDS convict::fuzz LABELS fast)
