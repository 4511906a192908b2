using System.Security.Cryptography;
using System.Text;
using Headgate.Protocol.Naming;

namespace Headgate.EndToEnd.Tests.Secrets;

/// <summary>Every secret that a run used, in every form in which it could be written down.</summary>
internal sealed class SecretBook
{
    // Anything shorter is found everywhere.
    private const int MinBytes = 8;

    private readonly List<(string Name, byte[] Form)> _forms = [];
    private readonly HashSet<string> _names = [];

    /// <summary>What was recorded.</summary>
    public IReadOnlyCollection<string> Names => _names;

    /// <summary>A secret that is text: a password, a code's secret.</summary>
    public void Add(string name, string secret)
    {
        Assert.True(secret.Length >= MinBytes, $"{name} is too short to look for.");
        Bytes(name, Encoding.UTF8.GetBytes(secret));
        Form(name, Encoding.Unicode.GetBytes(secret));
        Form(name, Encoding.UTF8.GetBytes(Uri.EscapeDataString(secret)));
        Form(name, Encoding.UTF8.GetBytes(secret.Replace(' ', '+')));
        Form(name, Encoding.UTF8.GetBytes(secret.ToUpperInvariant()));
        Form(name, Encoding.UTF8.GetBytes(secret.ToLowerInvariant()));
        var bits = new byte[secret.Length * 5 / 8];
        if (bits.Length >= MinBytes && Base32.TryDecode(secret.ToLowerInvariant(), bits))
        {
            Bytes(name, bits);
        }
    }

    /// <summary>A secret that is bytes: a key.</summary>
    public void Add(string name, byte[] secret) => Bytes(name, secret);

    /// <summary>An elliptic curve's private key: the number itself, and every line of its PEM.</summary>
    public void AddKey(string name, ECDsa key)
    {
        Bytes(name, key.ExportParameters(includePrivateParameters: true).D!);
        Bytes(name, key.ExportPkcs8PrivateKey());
        Bytes(name, key.ExportECPrivateKey());
        foreach (var pem in new[] { key.ExportPkcs8PrivateKeyPem(), key.ExportECPrivateKeyPem() })
        {
            // Lines of 48 bytes: the number lies in the first two that are not the frame, whatever ends the lines.
            foreach (var line in pem.Split('\n').Skip(1).Take(2))
            {
                Form(name, Encoding.ASCII.GetBytes(line));
            }
        }
    }

    /// <summary>A key file's.</summary>
    public void AddKeyFile(string name, string path)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(path));
        AddKey(name, key);
    }

    /// <summary>The names of those that <paramref name="content"/> holds in some form.</summary>
    public IEnumerable<string> In(byte[] content) =>
        _forms.Where(form => content.AsSpan().IndexOf(form.Form) >= 0).Select(form => form.Name).Distinct(StringComparer.Ordinal);

    /// <inheritdoc cref="In(byte[])"/>
    public IEnumerable<string> In(string content) => In(Encoding.UTF8.GetBytes(content));

    private void Bytes(string name, byte[] secret)
    {
        Form(name, secret);
        Form(name, Encoding.ASCII.GetBytes(Convert.ToHexString(secret)));
        Form(name, Encoding.ASCII.GetBytes(Convert.ToHexStringLower(secret)));
        Form(name, Encoding.ASCII.GetBytes(Base32.Encode(secret)));
        Form(name, Encoding.ASCII.GetBytes(Base32.Encode(secret).ToUpperInvariant()));
        foreach (var shift in (int[])[0, 1, 2])
        {
            // Base64 of something longer holds the secret at one of three phases; what touches its neighbours is left out.
            var text = Convert.ToBase64String([.. new byte[shift], .. secret]);
            var inner = text[(shift == 0 ? 0 : 4)..(text.Length - 4)];
            Form(name, Encoding.ASCII.GetBytes(inner));
            Form(name, Encoding.ASCII.GetBytes(inner.Replace('+', '-').Replace('/', '_')));
        }
    }

    private void Form(string name, byte[] form)
    {
        _names.Add(name);
        if (form.Length >= MinBytes && !_forms.Any(known => known.Name == name && known.Form.AsSpan().SequenceEqual(form)))
        {
            _forms.Add((name, form));
        }
    }
}
