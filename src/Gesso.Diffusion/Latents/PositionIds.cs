using static TorchSharp.torch;

namespace Gesso.Diffusion.Latents;

/// <summary>Positions of tokens: text is (0, 0, 0), image (index, row, column) on the packed grid (flux/sampling.py prepare).</summary>
public static class PositionIds
{
    /// <returns>[rows · columns, 3] f32</returns>
    public static Tensor Image(int rows, int columns, int index = 0)
    {
        using var scope = NewDisposeScope();
        var ids = zeros(rows, columns, 3);
        ids.select(-1, 0).fill_(index);
        ids.select(-1, 1).add_(arange(rows).unsqueeze(1));
        ids.select(-1, 2).add_(arange(columns).unsqueeze(0));
        return scope.MoveToOuter(ids.view((long)rows * columns, 3));
    }

    /// <returns>[length, 3] f32, all 0</returns>
    public static Tensor Text(int length) => zeros(length, 3);
}
