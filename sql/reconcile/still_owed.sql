-- Behind domain/verdict.sql: of what the plan showed, what is owed still, and to the same customer.
j.verdict = 'owed' and j.owner = j.planned_for
