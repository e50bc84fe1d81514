-- An address as addresses are compared: without regard to the case of ASCII letters and to outer blanks (domain/blanks). No other
-- letter is folded: lower() takes the Kelvin sign for a k, and somebody else's access would be theirs.
-- src/iahome_fix/addresses.py makes the same. Marked: of, the text.
translate(btrim(/* of */, /* include domain/blanks */), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')
