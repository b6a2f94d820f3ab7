namespace Gesso.Server.Tests.Sdk;

/// <summary>The official OpenAI JavaScript SDK, unchanged but for the address; the cases are in <c>js/cases.mjs</c>.</summary>
public sealed class JsSdkTests(JsSdk sdk) : IClassFixture<JsSdk>
{
    [Theory]
    [InlineData("generates")]
    [InlineData("passes_own_fields_on")]
    [InlineData("edits_with_a_mask")]
    [InlineData("edits_a_list_of_one")]
    [InlineData("varies")]
    [InlineData("streams_with_previews")]
    [InlineData("streams_an_edit")]
    [InlineData("leaves_a_stream")]
    [InlineData("raises_within_a_stream")]
    [InlineData("lists_models")]
    [InlineData("raises_bad_requests")]
    [InlineData("raises_unknown_models")]
    [InlineData("raises_wrong_keys")]
    [InlineData("does_not_try_again_what_cannot_succeed")]
    [InlineData("carries_an_idempotency_key")]
    public void Sdk_passes_the_case(string name)
    {
        Assert.SkipWhen(sdk.Missing is not null, sdk.Missing ?? "");

        Assert.Null(sdk.Results[name]);
    }

    [Fact]
    public void Every_case_of_the_script_is_a_test()
    {
        Assert.SkipWhen(sdk.Missing is not null, sdk.Missing ?? "");

        var tested = typeof(JsSdkTests).GetMethod(nameof(Sdk_passes_the_case))!.GetCustomAttributes(typeof(InlineDataAttribute), false)
            .Cast<InlineDataAttribute>().Select(d => (string)d.Data[0]!);
        Assert.Equal(sdk.Results.Keys.Order(), tested.Order());
    }
}
