using Gesso.Torch.Layers;
using Gesso.Torch.Weights;
using static TorchSharp.torch;

namespace Gesso.Models.Vae;

/// <summary>Square convolution with bias.</summary>
internal sealed class Conv(int inputs, int outputs, int kernel, WeightScope weights, int stride = 1, int padding = 0)
{
    private readonly Tensor _weight = weights.Parameter("weight", outputs, inputs, kernel, kernel);
    private readonly Tensor _bias = weights.Parameter("bias", outputs);

    public Tensor Forward(Tensor x) => nn.functional.conv2d(x, _weight, _bias, [stride, stride], [padding, padding]);
}

/// <summary>Group norm, eps 1e-6, then SiLU where asked.</summary>
internal sealed class GroupNorm(int channels, int groups, WeightScope weights)
{
    private readonly Tensor _weight = weights.Parameter("weight", channels);
    private readonly Tensor _bias = weights.Parameter("bias", channels);

    public Tensor Forward(Tensor x) => nn.functional.group_norm(x, groups, _weight, _bias, 1e-6);

    public Tensor ForwardSilu(Tensor x) => nn.functional.silu(Forward(x), inplace: true);
}

/// <summary>norm, SiLU, conv, norm, SiLU, conv, plus the input (through a 1×1 convolution where the width changes).</summary>
internal sealed class ResidualBlock(int inputs, int outputs, VaeConfig config, WeightScope weights)
{
    private readonly GroupNorm _norm1 = new(inputs, config.NormGroups, weights["norm1"]);
    private readonly Conv _conv1 = new(inputs, outputs, 3, weights["conv1"], padding: 1);
    private readonly GroupNorm _norm2 = new(outputs, config.NormGroups, weights["norm2"]);
    private readonly Conv _conv2 = new(outputs, outputs, 3, weights["conv2"], padding: 1);
    private readonly Conv? _shortcut = inputs == outputs ? null : new Conv(inputs, outputs, 1, weights["conv_shortcut"]);

    public Tensor Forward(Tensor x)                                                         // [B,inputs,h,w]
    {
        using var scope = NewDisposeScope();
        var h = _conv1.Forward(_norm1.ForwardSilu(x));
        h = _conv2.Forward(_norm2.ForwardSilu(h));
        return scope.MoveToOuter(h.add_(_shortcut?.Forward(x) ?? x));                       // [B,outputs,h,w]
    }
}

/// <summary>Single-head attention over all cells, plus the input.</summary>
internal sealed class MidAttention(int channels, VaeConfig config, WeightScope weights)
{
    private readonly GroupNorm _norm = new(channels, config.NormGroups, weights["group_norm"]);
    private readonly ILinear _q = weights.Linear("to_q", channels, channels);
    private readonly ILinear _k = weights.Linear("to_k", channels, channels);
    private readonly ILinear _v = weights.Linear("to_v", channels, channels);
    private readonly ILinear _out = weights.Linear("to_out.0", channels, channels);

    public Tensor Forward(Tensor x)                                                         // [B,C,h,w]
    {
        using var scope = NewDisposeScope();
        var cells = _norm.Forward(x).flatten(2).transpose(1, 2);                            // [B,h·w,C]
        var mixed = nn.functional.scaled_dot_product_attention(
            _q.Forward(cells).unsqueeze(1), _k.Forward(cells).unsqueeze(1), _v.Forward(cells).unsqueeze(1)).squeeze(1);
        return scope.MoveToOuter(x + _out.Forward(mixed).transpose(1, 2).reshape(x.shape));
    }
}

/// <summary>Residual block, attention, residual block at the narrowest place.</summary>
internal sealed class MidBlock(int channels, VaeConfig config, WeightScope weights)
{
    private readonly ResidualBlock _first = new(channels, channels, config, weights["resnets"][0]);
    private readonly MidAttention? _attention = config.MidAttention ? new MidAttention(channels, config, weights["attentions"][0]) : null;
    private readonly ResidualBlock _second = new(channels, channels, config, weights["resnets"][1]);

    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        x = _first.Forward(x);
        x = _attention?.Forward(x) ?? x;
        return scope.MoveToOuter(_second.Forward(x));
    }
}
