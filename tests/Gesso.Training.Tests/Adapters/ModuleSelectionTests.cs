using Gesso.Testing;
using Gesso.Training.Adapters;

namespace Gesso.Training.Tests.Adapters;

public sealed class ModuleSelectionTests
{
    [Theory]
    [InlineData("double_blocks.3.img_attn.qkv", 8)]
    [InlineData("double_blocks.3.txt_mlp.2", 8)]
    [InlineData("double_blocks.3.img_mod.lin", 8)]
    [InlineData("single_blocks.11.linear1", 8)]
    [InlineData("single_blocks.11.modulation.lin", 8)]
    [InlineData("img_in", 0)]
    [InlineData("time_in.in_layer", 0)]
    [InlineData("final_layer.linear", 0)]
    public void Kohyas_default_is_every_layer_of_the_blocks(string layer, int rank) => Assert.Equal(rank, new ModuleSelection { Rank = 8 }.RankOf(layer));

    [Fact]
    public void Kohyas_arguments_choose_blocks_and_ranks()
    {
        var selection = new ModuleSelection
        {
            Rank = 8,
            Blocks = TrainedBlocks.Double,
            DoubleBlocks = new HashSet<int> { 0, 4 },
            ImageAttention = 16,
            TextAttention = 0,
            ImageModulation = 2,
            Inputs = [1, 2, 3, 4, 5],
        }.Validate();

        Assert.Equal(16, selection.RankOf("double_blocks.4.img_attn.proj"));
        Assert.Equal(0, selection.RankOf("double_blocks.3.img_attn.proj"));
        Assert.Equal(0, selection.RankOf("double_blocks.4.txt_attn.qkv"));
        Assert.Equal(2, selection.RankOf("double_blocks.0.img_mod.lin"));
        Assert.Equal(8, selection.RankOf("double_blocks.0.txt_mod.lin"));
        Assert.Equal(0, selection.RankOf("single_blocks.0.linear1"));
        Assert.Equal(2, selection.RankOf("time_in.out_layer"));
        Assert.Equal(5, selection.RankOf("txt_in"));
    }

    [Fact]
    public void Ranks_that_are_none_are_refused()
    {
        Refusal.Of("out_of_range", () => new ModuleSelection { Rank = 0 }.Validate());
        Refusal.Of("out_of_range", () => new ModuleSelection { Single = -1 }.Validate());
        Assert.Contains("guidance_in", Refusal.Of("out_of_range", () => new ModuleSelection { Inputs = [4] }.Validate()));
    }
}
