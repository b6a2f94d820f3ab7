using CsCheck;
using Gesso.Torch.Weights;

namespace Gesso.Torch.Tests.Weights;

public sealed class WeightMapTests
{
    private static readonly WeightMap Map = new("test",
        WeightRule.Same("in.*", "embed.*"),
        WeightRule.Same("blocks.{n}.norm.scale", "blocks.{n}.norm.scale", "layers.{n}.norm.weight"),
        new WeightRule("blocks.{n}.qkv.*", RowLayout.Stacked, "layers.{n}.q.*", "layers.{n}.k.*", "layers.{n}.v.*"),
        new WeightRule("out.mod.*", RowLayout.SwappedHalves, "mod_out.*"),
        WeightRule.Same("pair.{n}.{n}.weight", "p.{n}.of.{n}"));

    [Fact]
    public void Resolve_carries_the_last_segment_over()
    {
        Assert.Equal(["embed.weight"], Map.Resolve("in.weight").Sources);
        Assert.Equal(["embed.bias"], Map.Resolve("in.bias").Sources);
    }

    [Fact]
    public void Resolve_carries_numbers_over_in_order()
    {
        Assert.Equal(["p.3.of.17"], Map.Resolve("pair.3.17.weight").Sources);
    }

    [Fact]
    public void Resolve_gives_alternatives_in_order_of_preference()
    {
        var (layout, sources) = Map.Resolve("blocks.12.norm.scale");

        Assert.Equal(RowLayout.Same, layout);
        Assert.Equal(["blocks.12.norm.scale", "layers.12.norm.weight"], sources);
    }

    [Fact]
    public void Resolve_gives_stacked_parts_in_order()
    {
        var (layout, sources) = Map.Resolve("blocks.0.qkv.bias");

        Assert.Equal(RowLayout.Stacked, layout);
        Assert.Equal(["layers.0.q.bias", "layers.0.k.bias", "layers.0.v.bias"], sources);
    }

    [Fact]
    public void Resolve_names_swapped_halves()
    {
        Assert.Equal((RowLayout.SwappedHalves, "mod_out.weight"), (Map.Resolve("out.mod.weight").Layout, Map.Resolve("out.mod.weight").Sources.Single()));
    }

    [Theory]
    [InlineData("in")]
    [InlineData("in.a.b")]
    [InlineData("blocks.x.qkv.weight")]
    [InlineData("blocks.1a.qkv.weight")]
    [InlineData("blocks.-1.qkv.weight")]
    [InlineData("xblocks.1.qkv.weight")]
    [InlineData("out.mod")]
    public void Resolve_leaves_names_without_a_rule(string name)
    {
        var (layout, sources) = Map.Resolve(name);

        Assert.Equal(RowLayout.Same, layout);
        Assert.Equal([name], sources);
    }

    [Fact]
    public void The_first_rule_that_matches_decides()
    {
        var map = new WeightMap("order", WeightRule.Same("a.*", "first.*"), WeightRule.Same("a.weight", "second"));

        Assert.Equal(["first.weight"], map.Resolve("a.weight").Sources);
    }

    [Fact]
    public void Identity_gives_every_name_back() =>
        Gen.String[Gen.Char["abc.01"], 0, 12].Sample(name => WeightMap.Identity("same").Resolve(name).Sources is [var only] && only == name);

    [Fact]
    public void Resolve_keeps_any_number() =>
        Gen.Int[0, int.MaxValue].Sample(n => Map.Resolve($"blocks.{n}.qkv.weight").Sources[1] == $"layers.{n}.k.weight");
}
