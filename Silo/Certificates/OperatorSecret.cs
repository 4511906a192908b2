using System.Security.Cryptography;
using System.Text;
using Headgate.Protocol.Naming;

namespace Headgate.Silo.Certificates;

/// <summary>
/// The one secret that is not in the database: it opens the keys that are. From the environment variable <c>HEADGATE_OPERATOR_SECRET</c>, else from
/// <c>&lt;data&gt;/operator.secret</c>, which is made at the first start (256 random bits as base32, mode 0600).
/// </summary>
internal sealed class OperatorSecret
{
    public const string Variable = "HEADGATE_OPERATOR_SECRET";
    public const string FileName = "operator.secret";
    public const int MinLength = 24;

    private OperatorSecret(string text, string origin) => (Text, Origin) = (text, origin);

    /// <summary>The secret as text: also the passphrase of <c>root.pem</c>, so that openssl can open it.</summary>
    public string Text { get; }

    /// <summary>Where it came from, for messages.</summary>
    public string Origin { get; }

    public byte[] Bytes => Encoding.UTF8.GetBytes(Text);

    /// <summary>Reads the secret, or makes the file.</summary>
    /// <exception cref="AuthorityException">It is too short, or the file cannot be read or made.</exception>
    public static OperatorSecret Load(string dataDirectory, string? environmentValue)
    {
        if (!string.IsNullOrWhiteSpace(environmentValue))
        {
            return Checked(environmentValue.Trim(), "the environment variable " + Variable);
        }

        var path = Path.Combine(dataDirectory, FileName);
        try
        {
            if (!File.Exists(path))
            {
                PrivateFile.Create(path, Encoding.ASCII.GetBytes(Base32.Encode(RandomNumberGenerator.GetBytes(32)) + "\n"));
            }

            return Checked(File.ReadAllText(path).Trim(), path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AuthorityException($"The operator secret {path} cannot be read: {exception.Message}", exception);
        }
    }

    private static OperatorSecret Checked(string text, string origin) => text.Length >= MinLength
        ? new OperatorSecret(text, origin)
        : throw new AuthorityException(
            $"The operator secret from {origin} has {text.Length} characters; it needs at least {MinLength}. Use random ones, such as the output of 'openssl rand -hex 32'.");
}
