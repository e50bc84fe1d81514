-- What no address has, and what comes in by copying one. src/iahome_fix/addresses.py has the same (BLANKS).
E'\t\n\u000b\f\r \u00a0\u00ad\u200b\u200c\u200d\u2060\ufeff'
