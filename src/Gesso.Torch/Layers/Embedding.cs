using Gesso.Contracts.Errors;
using Gesso.Torch.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Gesso.Torch.Layers;

/// <summary>A table of vectors, one a token; rows are read from the file when they are asked for, so the table takes no memory.</summary>
/// <param name="table">[Entries, Width] as stored.</param>
/// <param name="device">Where the result goes.</param>
/// <param name="type">Its type.</param>
public sealed class Embedding(WeightView table, Device device, ScalarType type)
{
    public long Entries { get; } = table.Shape[0];

    public long Width { get; } = table.Shape[1];

    /// <param name="ids">L token ids, each below <see cref="Entries"/>.</param>
    /// <returns>[1, L, Width]</returns>
    public Tensor Lookup(IReadOnlyList<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        foreach (int id in ids)
        {
            if (id < 0 || id >= Entries)
            {
                throw GessoException.Invalid("token_out_of_range",
                    $"Token {id} is outside the {Entries} entries of {table.Name}: the tokenizer belongs to another model. Give the tokenizer files of this text encoder.");
            }
        }
        using var scope = NewDisposeScope();
        return scope.MoveToOuter(table.DecodeRows(ids).unsqueeze(0).to(type).to(device));
    }
}
