using System.Security.Cryptography.X509Certificates;
using System.Security.Cryptography;
using System.Text;

namespace Headgate.Silo.Certificates;

/// <summary>
/// <c>&lt;data&gt;/authority/root.pem</c>: the root certificate and its private key (PKCS#8, encrypted with the operator secret as the passphrase). It is needed
/// only to make an issuing certificate; once there is one, the file can be taken away and kept offline. While the authority is rolled over the next root is
/// beside it in <c>root-next.pem</c>.
/// </summary>
internal sealed class RootFile(string dataDirectory, OperatorSecret secret, string name = RootFile.Present)
{
    /// <summary>The file of the root under which certificates are issued.</summary>
    public const string Present = "root.pem";

    /// <summary>The file of the root that is to follow.</summary>
    public const string Next = "root-next.pem";

    private const int Iterations = 100_000;

    private readonly string _path = System.IO.Path.Combine(dataDirectory, "authority", name);

    /// <summary>Where it is, or should be.</summary>
    public string Path => _path;

    /// <summary>The root with its private key; null when the file is not there.</summary>
    /// <exception cref="AuthorityException">The file cannot be read, or the operator secret does not open it.</exception>
    public X509Certificate2? Load()
    {
        try
        {
            if (!File.Exists(_path))
            {
                return null;
            }

            var pem = File.ReadAllText(_path);
            return X509Certificate2.CreateFromEncryptedPem(pem, pem, secret.Text);
        }
        catch (CryptographicException exception)
        {
            throw new AuthorityException(
                $"The root in {_path} cannot be opened with the operator secret from {secret.Origin}. Start with the secret that it was made with, or put the file away where an issuing certificate exists.",
                exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AuthorityException($"The root in {_path} cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>The root's certificate, for which no secret is needed; null when the file is not there.</summary>
    /// <exception cref="AuthorityException">The file cannot be read.</exception>
    public X509Certificate2? Look()
    {
        try
        {
            return File.Exists(_path) ? X509Certificate2.CreateFromPem(File.ReadAllText(_path)) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new AuthorityException($"The root in {_path} cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Gives the file another name in the same folder, in the place of what is there.</summary>
    /// <exception cref="AuthorityException">It cannot be.</exception>
    public void Rename(string to)
    {
        try
        {
            File.Move(_path, System.IO.Path.Combine(System.IO.Path.GetDirectoryName(_path)!, to), overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AuthorityException($"{_path} cannot be renamed to {to}: {exception.Message}", exception);
        }
    }

    /// <summary>Makes a root and its file.</summary>
    /// <exception cref="AuthorityException">The file cannot be written.</exception>
    public X509Certificate2 Create(string zone, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var root = CertificateTemplates.Root(zone, key, now);
        var encrypted = key.ExportEncryptedPkcs8PrivateKeyPem(
            secret.Text, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, Iterations));
        try
        {
            PrivateFile.CreateDirectory(System.IO.Path.GetDirectoryName(_path)!);
            PrivateFile.Create(_path, Encoding.ASCII.GetBytes(root.ExportCertificatePem() + "\n" + encrypted + "\n"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AuthorityException($"The root cannot be written to {_path}: {exception.Message}", exception);
        }

        return root;
    }
}
