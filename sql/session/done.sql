-- A last word, where the statement before it gives none.
select true as done
