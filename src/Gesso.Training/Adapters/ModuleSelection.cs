using System.Text.RegularExpressions;
using Gesso.Contracts.Errors;

namespace Gesso.Training.Adapters;

/// <summary>Which kinds of blocks are trained (kohya's train_blocks).</summary>
public enum TrainedBlocks
{
    All,
    Double,
    Single,
}

/// <summary>
/// Which linear layers of a FLUX transformer get a branch, and of which rank: kohya's network_dim and network_args, where the default is every linear layer of all
/// blocks, modulation included (lora.md §2). A rank that is null is <see cref="Rank"/>; 0 leaves that kind of layer out.
/// </summary>
public sealed partial record ModuleSelection
{
    /// <summary>network_dim</summary>
    public int Rank { get; init; } = 16;

    public TrainedBlocks Blocks { get; init; } = TrainedBlocks.All;

    /// <summary>train_double_block_indices; null: all.</summary>
    public IReadOnlySet<int>? DoubleBlocks { get; init; }

    /// <summary>train_single_block_indices; null: all.</summary>
    public IReadOnlySet<int>? SingleBlocks { get; init; }

    public int? ImageAttention { get; init; }

    public int? TextAttention { get; init; }

    public int? ImageMlp { get; init; }

    public int? TextMlp { get; init; }

    public int? ImageModulation { get; init; }

    public int? TextModulation { get; init; }

    public int? Single { get; init; }

    public int? SingleModulation { get; init; }

    /// <summary>in_dims: ranks of img_in, time_in, vector_in, guidance_in, txt_in; null: none of them.</summary>
    public IReadOnlyList<int>? Inputs { get; init; }

    private static readonly string[] InputNames = ["img_in", "time_in", "vector_in", "guidance_in", "txt_in"];

    public ModuleSelection Validate()
    {
        int?[] ranks = [Rank, ImageAttention, TextAttention, ImageMlp, TextMlp, ImageModulation, TextModulation, Single, SingleModulation, .. Inputs?.Select(i => (int?)i) ?? []];
        if (Rank < 1 || ranks.Any(r => r is < 0 or > 4096))
            throw GessoException.Invalid("out_of_range", $"Rank: expected 1 to 4096, and 0 only to leave a kind of layer out; got {string.Join(", ", ranks.Where(r => r is not null))}.");
        if (Inputs is not null && Inputs.Count != InputNames.Length)
            throw GessoException.Invalid("out_of_range", $"Ranks of the inputs: expected {InputNames.Length} ({string.Join(", ", InputNames)}), got {Inputs.Count}.");
        return this;
    }

    /// <summary>The rank of the branch beside a layer; 0: none.</summary>
    /// <param name="layer">Canonical name, for example <c>double_blocks.3.img_attn.qkv</c>.</param>
    public int RankOf(string layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        if (DoubleLayer().Match(layer) is { Success: true } inDouble)
        {
            if (Blocks == TrainedBlocks.Single || DoubleBlocks?.Contains(int.Parse(inDouble.Groups[1].Value)) == false)
                return 0;
            return inDouble.Groups[2].Value switch
            {
                "img_attn" => ImageAttention ?? Rank,
                "txt_attn" => TextAttention ?? Rank,
                "img_mlp" => ImageMlp ?? Rank,
                "txt_mlp" => TextMlp ?? Rank,
                "img_mod" => ImageModulation ?? Rank,
                _ => TextModulation ?? Rank,
            };
        }
        if (SingleLayer().Match(layer) is { Success: true } inSingle)
        {
            if (Blocks == TrainedBlocks.Double || SingleBlocks?.Contains(int.Parse(inSingle.Groups[1].Value)) == false)
                return 0;
            return (inSingle.Groups[2].Value == "modulation" ? SingleModulation : Single) ?? Rank;
        }
        int input = Array.FindIndex(InputNames, n => layer == n || layer.StartsWith(n + ".", StringComparison.Ordinal));
        return input < 0 || Inputs is null ? 0 : Inputs[input];
    }

    [GeneratedRegex(@"^double_blocks\.(\d+)\.(img_attn|txt_attn|img_mlp|txt_mlp|img_mod|txt_mod)\.")]
    private static partial Regex DoubleLayer();

    [GeneratedRegex(@"^single_blocks\.(\d+)\.(linear1|linear2|modulation)")]
    private static partial Regex SingleLayer();
}
