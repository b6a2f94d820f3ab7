namespace Gesso.Formats.Gguf;

/// <summary>Types of metadata values with their numbers in the file (gguf.md, <c>gguf_metadata_value_type</c>).</summary>
public enum GgufValueType
{
    U8 = 0,
    I8 = 1,
    U16 = 2,
    I16 = 3,
    U32 = 4,
    I32 = 5,
    F32 = 6,

    /// <summary>One byte, 0 or 1.</summary>
    Bool = 7,

    /// <summary>UTF-8 with a 64-bit length before it.</summary>
    Text = 8,
    Array = 9,
    U64 = 10,
    I64 = 11,
    F64 = 12,
}

internal static class GgufValueTypes
{
    /// <summary>Bytes of one value; 0 for text and arrays, whose values differ in size.</summary>
    public static int FixedBytes(this GgufValueType type) => type switch
    {
        GgufValueType.U8 or GgufValueType.I8 or GgufValueType.Bool => 1,
        GgufValueType.U16 or GgufValueType.I16 => 2,
        GgufValueType.U32 or GgufValueType.I32 or GgufValueType.F32 => 4,
        GgufValueType.U64 or GgufValueType.I64 or GgufValueType.F64 => 8,
        _ => 0,
    };

    /// <summary>The type of a C# number in a GGUF array.</summary>
    public static GgufValueType Of<T>()
        where T : unmanaged => Type.GetTypeCode(typeof(T)) switch
        {
            TypeCode.Byte => GgufValueType.U8,
            TypeCode.SByte => GgufValueType.I8,
            TypeCode.UInt16 => GgufValueType.U16,
            TypeCode.Int16 => GgufValueType.I16,
            TypeCode.UInt32 => GgufValueType.U32,
            TypeCode.Int32 => GgufValueType.I32,
            TypeCode.Single => GgufValueType.F32,
            TypeCode.UInt64 => GgufValueType.U64,
            TypeCode.Int64 => GgufValueType.I64,
            TypeCode.Double => GgufValueType.F64,
            _ => throw new NotSupportedException($"A GGUF array holds integers of 8 to 64 bits, float or double; not {typeof(T).Name}."),
        };
}
