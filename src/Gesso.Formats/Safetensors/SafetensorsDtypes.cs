namespace Gesso.Formats.Safetensors;

/// <summary>
/// The names of types in a safetensors header (safetensors/src/tensor.rs, <c>enum Dtype</c>). Packed sub-byte and complex types are not read.
/// </summary>
internal static class SafetensorsDtypes
{
    private static readonly (StorageType Type, string Name)[] Names =
    [
        (StorageType.F64, "F64"), (StorageType.F32, "F32"), (StorageType.F16, "F16"), (StorageType.BF16, "BF16"),
        (StorageType.F8E4M3, "F8_E4M3"), (StorageType.F8E5M2, "F8_E5M2"),
        (StorageType.I64, "I64"), (StorageType.I32, "I32"), (StorageType.I16, "I16"), (StorageType.I8, "I8"),
        (StorageType.U64, "U64"), (StorageType.U32, "U32"), (StorageType.U16, "U16"), (StorageType.U8, "U8"), (StorageType.Bool, "BOOL"),
    ];

    public static string All { get; } = string.Join(", ", Names.Select(entry => entry.Name));

    public static StorageType? Parse(string name)
    {
        foreach (var entry in Names)
        {
            if (entry.Name == name)
                return entry.Type;
        }

        return null;
    }

    /// <summary>The name of a type; null for the block-quantised ones, which safetensors does not have.</summary>
    public static string? NameOf(StorageType type)
    {
        foreach (var entry in Names)
        {
            if (entry.Type == type)
                return entry.Name;
        }

        return null;
    }
}
