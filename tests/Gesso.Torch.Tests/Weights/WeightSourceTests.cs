using Gesso.Formats;
using Gesso.Testing;
using Gesso.Torch.Weights;

namespace Gesso.Torch.Tests.Weights;

public sealed class WeightSourceTests
{
    [Fact]
    public void Tensors_are_those_under_the_prefix_without_it()
    {
        using var folder = new TestFolder();
        using var file = Open(folder, "net.a.weight", "net.b.bias", "other.a.weight", "network.c", "net");

        var source = new WeightSource(file, "net.");

        Assert.Equal(["a.weight", "b.bias"], source.Tensors.Keys.Order());
        Assert.True(source.Contains("a.weight"));
        Assert.False(source.Contains("net.a.weight"));
        Assert.Equal("net.a.weight", source.Find("a.weight")!.Name);
        Assert.Null(source.Find("c"));
        Assert.Equal(("net.", file.Path), (source.Prefix, source.Path));
    }

    [Fact]
    public void Without_a_prefix_all_tensors_belong_to_it()
    {
        using var folder = new TestFolder();
        using var file = Open(folder, "net.a.weight", "b");

        Assert.Equal(["b", "net.a.weight"], new WeightSource(file).Tensors.Keys.Order());
    }

    [Theory]
    [InlineData("layer.weight_scale")]
    [InlineData("layer.scale_weight")]
    [InlineData("layer.input_scale")]
    [InlineData("layer.scale_input")]
    [InlineData("layer.comfy_quant")]
    [InlineData("layer.weight_scale_2")]
    [InlineData("layer.pre_quant_scale")]
    [InlineData("scaled_fp8")]
    public void Companions_of_quantisation_are_no_tensors_of_the_network(string companion)
    {
        using var folder = new TestFolder();
        using var file = Open(folder, "net.layer.weight", "net." + companion);

        Assert.Equal(["layer.weight"], new WeightSource(file, "net.").Tensors.Keys);
    }

    [Theory]
    [InlineData("layer.norm.scale")]
    [InlineData("layer.scaled_fp8")]
    [InlineData("weight_scale_of_something")]
    public void Names_that_only_look_like_companions_stay(string name)
    {
        using var folder = new TestFolder();
        using var file = Open(folder, name);

        Assert.Equal([name], new WeightSource(file).Tensors.Keys);
    }

    private static ITensorFile Open(TestFolder folder, params string[] names)
    {
        var content = new FileContent();
        foreach (string name in names)
            content.Add(name, [1], 1f);
        return TensorFiles.Open(content.WriteSafetensors(folder.At("file.safetensors")));
    }
}
