namespace Gesso.Formats.Gguf;

/// <summary>The numbers of <c>enum ggml_type</c> (ggml.h) that tensors carry in a GGUF file.</summary>
internal static class GgufTensorTypes
{
    private static readonly (uint Number, StorageType Type)[] Known =
    [
        (0, StorageType.F32), (1, StorageType.F16), (2, StorageType.Q4_0), (3, StorageType.Q4_1), (6, StorageType.Q5_0), (7, StorageType.Q5_1),
        (8, StorageType.Q8_0), (10, StorageType.Q2_K), (11, StorageType.Q3_K), (12, StorageType.Q4_K), (13, StorageType.Q5_K), (14, StorageType.Q6_K),
        (20, StorageType.IQ4_NL), (23, StorageType.IQ4_XS), (24, StorageType.I8), (25, StorageType.I16), (26, StorageType.I32), (27, StorageType.I64),
        (28, StorageType.F64), (30, StorageType.BF16),
    ];

    /// <summary>Types of ggml that are not read, for the message.</summary>
    private static readonly (uint Number, string Name)[] Unread =
    [
        (4, "Q4_2 (removed from ggml)"), (5, "Q4_3 (removed from ggml)"), (9, "Q8_1"), (15, "Q8_K"), (16, "IQ2_XXS"), (17, "IQ2_XS"), (18, "IQ3_XXS"),
        (19, "IQ1_S"), (21, "IQ3_S"), (22, "IQ2_S"), (29, "IQ1_M"), (34, "TQ1_0"), (35, "TQ2_0"), (39, "MXFP4"),
    ];

    public static string All { get; } = string.Join(", ", Known.Select(entry => entry.Type));

    public static StorageType? Parse(uint number)
    {
        foreach (var entry in Known)
        {
            if (entry.Number == number)
                return entry.Type;
        }

        return null;
    }

    /// <summary>The number of a type; null for those that GGUF does not have (unsigned integers, booleans, 8-bit floats).</summary>
    public static uint? NumberOf(StorageType type)
    {
        foreach (var entry in Known)
        {
            if (entry.Type == type)
                return entry.Number;
        }

        return null;
    }

    public static string Describe(uint number)
    {
        foreach (var entry in Unread)
        {
            if (entry.Number == number)
                return $"{number}, {entry.Name}";
        }

        return $"{number}";
    }
}
