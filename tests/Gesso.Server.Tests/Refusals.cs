using System.Text.Json;

namespace Gesso.Server.Tests;

/// <summary>What is asserted of refused requests.</summary>
internal static class Refusals
{
    /// <summary>The status, the code in the envelope, and that the answer tells whether to try again.</summary>
    /// <returns>The error object.</returns>
    public static async Task<JsonElement> ShouldRefuseAsync(this HttpResponseMessage response, int status, string code)
    {
        string body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True((int)response.StatusCode == status, $"expected {status} {code}, got {(int)response.StatusCode}: {body}");
        var error = JsonDocument.Parse(body).RootElement.GetProperty("error");
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Equal(status is 429 or >= 500 ? "true" : "false", response.Headers.GetValues("x-should-retry").Single());
        Assert.NotEmpty(response.Headers.GetValues("x-request-id").Single());
        return error;
    }
}
