"""Known answers for the formats of rempart-keys, computed with the package `cryptography`."""
import sys, json, struct, hashlib, hmac, random
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives import hashes
def field(b): return struct.pack(">I",len(b))+b
def derive(key,label,nonce):
    out=HKDFExpand(hashes.SHA256(),76,label+nonce).derive(key)
    return out[:32],out[32:44],out[44:]
def seal(key,label,kid,aad,pt,nonce):
    k,iv,c=derive(key,label,nonce)
    return bytes([1])+struct.pack(">I",kid)+nonce+c+AESGCM(k).encrypt(iv,pt,aad)
r=random.Random(20260901)
rb=r.randbytes
rec=[];wr=[];bl=[];ct=[]
for i,(arn,pt) in enumerate([("arn:aws:sagemaker:eu-west-1:111122223333:feature-group/fg",b"hello"),("",b""),("arn:\u00e9",rb(1000)),("a"*256,rb(65))]):
    key=rb(32);nonce=rb(24);kid=r.choice([0,1,7,2**32-1]);created=r.choice([0,1767225600000,-1]);schema=i;ident=rb(16) if i%2==0 else b"";t=[0,-62167219200000,253402300799999,1767225600123][i];flags=[0,1,2**31,5][i]
    aad=b"".join(map(field,[b"rempart/record/1",arn.encode(),struct.pack(">q",created),struct.pack(">I",schema),ident,struct.pack(">q",t),struct.pack(">I",kid),struct.pack(">I",flags)]))
    rec.append(dict(key=key.hex(),key_id=kid,nonce=nonce.hex(),group_arn=arn,created=created,schema_version=schema,identifier=ident.hex(),event_time=t,flags=flags,plaintext=pt.hex(),sealed=seal(key,b"rempart/record-key/1",kid,aad,pt,nonce).hex()))
for purpose in ["data-key","index-key","subject-key","auxiliary"]:
    sk=rb(32);k=rb(32);n=rb(12);place=b"fg/online/3/"+purpose.encode()
    aad=field(b"rempart/wrap/1/"+purpose.encode())+field(place)
    wr.append(dict(purpose=purpose,store_key=sk.hex(),place=place.hex(),key=k.hex(),wrapped=(b"\1"+n+AESGCM(sk).encrypt(n,k,aad)).hex()))
for ident in ["","1","\u00e9 1","x"*2048]:
    k=rb(32); bl.append(dict(index_key=k.hex(),identifier=ident,blind=hmac.new(k,ident.encode(),hashlib.sha256).digest()[:16].hex()))
for ctx in [{},{"a":"1","b":"2"},{"b":"2","\u00e9":""}]:
    m=rb(32);mid=rb(32);kid=rb(16);n=rb(24);pt=rb(32)
    L=b"rempart/kms-ciphertext/1"
    aad=field(L)+field(kid)+field(mid)+b"".join(field(k.encode())+field(v.encode()) for k,v in sorted(ctx.items(),key=lambda p:p[0].encode()))
    ct.append(dict(material=m.hex(),material_id=mid.hex(),key_id=kid.hex(),context=ctx,nonce=n.hex(),plaintext=pt.hex(),ciphertext=(b"\1"+kid+mid+seal(m,L,0,aad,pt,n)).hex()))
json.dump(dict(records=rec,wrapped=wr,blinded=bl,ciphertexts=ct),open(sys.argv[1],"w"),indent=1)
