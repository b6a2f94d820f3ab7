namespace Gesso.Server.Tests.Errors;

public sealed class UnknownPathTests(OneServer one)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/v1/nope")]
    [InlineData("/api/nope")]
    [InlineData("/nope")]
    public async Task Path_that_does_not_exist_is_told_in_the_envelope(string path)
    {
        using var client = one.Server.Client();

        using var response = await client.GetAsync(path, Cancellation);

        await response.ShouldRefuseAsync(404, "unknown_path");
    }

    [Fact]
    public async Task Method_that_a_path_does_not_take_is_told_with_those_it_takes()
    {
        using var client = one.Server.Client();

        using var response = await client.DeleteAsync("/v1/models", Cancellation);

        var error = await response.ShouldRefuseAsync(405, "method_not_allowed");
        Assert.Contains("GET", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(["GET"], response.Content.Headers.Allow);
    }
}
