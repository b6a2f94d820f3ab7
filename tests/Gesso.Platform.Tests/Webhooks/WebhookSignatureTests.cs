using Gesso.Contracts.Errors;
using Gesso.Platform.Webhooks;
using Gesso.Testing;

namespace Gesso.Platform.Tests.Webhooks;

public sealed class WebhookSignatureTests
{
    /// <summary>The example of the Standard Webhooks specification and of its libraries' tests.</summary>
    [Fact]
    public void Signature_is_that_of_the_published_example() => Assert.Equal(
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        WebhookSignature.Sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, """{"test": 2432232314}"""u8));

    [Fact]
    public void New_secret_can_sign()
    {
        string secret = WebhookSignature.NewSecret();

        Assert.Equal(32, WebhookSignature.ParseSecret(secret).Length);
        Assert.NotEqual(secret, WebhookSignature.NewSecret());
        Assert.StartsWith("v1,", WebhookSignature.Sign(secret, "msg_1", 1, []), StringComparison.Ordinal);
    }

    [Fact]
    public void Signature_depends_on_id_time_and_body()
    {
        string secret = WebhookSignature.NewSecret();
        string[] signatures =
        [
            WebhookSignature.Sign(secret, "msg_1", 1, "a"u8), WebhookSignature.Sign(secret, "msg_2", 1, "a"u8), WebhookSignature.Sign(secret, "msg_1", 2, "a"u8),
            WebhookSignature.Sign(secret, "msg_1", 1, "b"u8), WebhookSignature.Sign(WebhookSignature.NewSecret(), "msg_1", 1, "a"u8),
        ];

        Assert.Equal(5, signatures.Distinct().Count());
    }

    [Fact]
    public void Secret_may_lack_its_prefix() =>
        Assert.Equal(WebhookSignature.ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), WebhookSignature.ParseSecret("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));

    [Theory]
    [InlineData("")]
    [InlineData("whsec_")]
    [InlineData("whsec_not base 64!")]
    [InlineData("whsec_c2hvcnQ=")]
    public void Secret_that_cannot_be_used_is_refused_without_being_repeated(string secret)
    {
        string message = Refusal.Of("bad_webhook_secret", ErrorKind.InvalidRequest, () => WebhookSignature.ParseSecret(secret));

        Assert.True(secret.Length < 7 || !message.Contains(secret, StringComparison.Ordinal));
    }
}
