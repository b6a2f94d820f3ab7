using Gesso.Formats;

namespace Gesso.Diffusion.Adapters;

/// <summary>How an adapter changes one layer.</summary>
public enum LoraKind
{
    LowRank,

    /// <summary>LoKr</summary>
    Kronecker,

    /// <summary>LoHa</summary>
    Hadamard,

    /// <summary>ΔW, or a parameter's difference or new values, in full.</summary>
    Difference,
}

/// <summary>The tensors of an adapter file that belong to one layer, under the name that the file gives it.</summary>
public sealed class LoraModule
{
    private static readonly (LoraRole Role, string Name)[] RoleNames =
    [
        (LoraRole.Down, "lora_down (A)"), (LoraRole.Up, "lora_up (B)"),
        (LoraRole.KroneckerFirst, "lokr_w1"), (LoraRole.KroneckerFirstUp, "lokr_w1_a"), (LoraRole.KroneckerFirstDown, "lokr_w1_b"),
        (LoraRole.KroneckerSecond, "lokr_w2"), (LoraRole.KroneckerSecondUp, "lokr_w2_a"), (LoraRole.KroneckerSecondDown, "lokr_w2_b"),
        (LoraRole.HadamardFirstUp, "hada_w1_a"), (LoraRole.HadamardFirstDown, "hada_w1_b"),
        (LoraRole.HadamardSecondUp, "hada_w2_a"), (LoraRole.HadamardSecondDown, "hada_w2_b"),
    ];

    private readonly Dictionary<LoraRole, StoredTensor> _tensors = [];

    internal LoraModule(string name) => Name = name;

    public string Name { get; }

    public IReadOnlyDictionary<LoraRole, StoredTensor> Tensors => _tensors;

    public LoraKind Kind => Has(LoraRole.Down) || Has(LoraRole.Up) ? LoraKind.LowRank
        : RoleNames.Any(r => Has(r.Role) && r.Name.StartsWith("lokr", StringComparison.Ordinal)) ? LoraKind.Kronecker
        : RoleNames.Any(r => Has(r.Role) && r.Name.StartsWith("hada", StringComparison.Ordinal)) ? LoraKind.Hadamard
        : LoraKind.Difference;

    /// <summary>DoRA: the rows of the adapted weight are given a norm of their own.</summary>
    public bool IsWeightDecomposed => Has(LoraRole.Magnitude);

    /// <summary>Whether it changes a weight, and not only a bias or a norm.</summary>
    public bool HasWeight => Kind != LoraKind.Difference || Has(LoraRole.Difference);

    /// <summary>Inner width; null where there is none (full matrices).</summary>
    public long? Rank => Kind switch
    {
        LoraKind.LowRank => Size(LoraRole.Down, 0),
        LoraKind.Hadamard => Size(LoraRole.HadamardFirstDown, 0),
        LoraKind.Kronecker => Size(LoraRole.KroneckerSecondDown, 0) ?? Size(LoraRole.KroneckerFirstDown, 0),
        _ => null,
    };

    /// <summary>Tensors without which the others mean nothing; empty when the module is whole.</summary>
    internal IEnumerable<string> Missing()
    {
        IEnumerable<LoraRole> needed = Kind switch
        {
            LoraKind.LowRank => [LoraRole.Down, LoraRole.Up],
            LoraKind.Hadamard => [LoraRole.HadamardFirstUp, LoraRole.HadamardFirstDown, LoraRole.HadamardSecondUp, LoraRole.HadamardSecondDown],
            LoraKind.Kronecker => [.. Factor(LoraRole.KroneckerFirst, LoraRole.KroneckerFirstUp, LoraRole.KroneckerFirstDown), .. Factor(LoraRole.KroneckerSecond, LoraRole.KroneckerSecondUp, LoraRole.KroneckerSecondDown)],
            _ when HasWeight || Has(LoraRole.BiasDifference) || Has(LoraRole.Value) => [],
            _ => [LoraRole.Down, LoraRole.Up],                                              // an alpha or a magnitude alone
        };
        return needed.Where(r => !Has(r)).Select(r => RoleNames.First(n => n.Role == r).Name);
    }

    internal bool Has(LoraRole role) => _tensors.ContainsKey(role);

    /// <returns>Whether the role was free.</returns>
    internal bool Add(LoraRole role, StoredTensor tensor) => _tensors.TryAdd(role, tensor);

    private IEnumerable<LoraRole> Factor(LoraRole whole, LoraRole up, LoraRole down) => Has(up) || Has(down) ? [up, down] : [whole];

    private long? Size(LoraRole role, int axis) => _tensors.TryGetValue(role, out var tensor) && tensor.Shape.Count > axis ? tensor.Shape[axis] : null;
}
