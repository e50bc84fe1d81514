-- A foreign key can be made between columns a and m: the same type, or both whole numbers, or both text.
(a.atttypid = m.atttypid
 or a.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
    and m.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
 or a.atttypid in ('text'::regtype, 'varchar'::regtype)
    and m.atttypid in ('text'::regtype, 'varchar'::regtype))
